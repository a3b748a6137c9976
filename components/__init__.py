"""Creates what `weighbridge` has decided: one Pulumi component per file, plans in, resources out."""

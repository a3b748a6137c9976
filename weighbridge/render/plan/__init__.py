"""What workloads need: the plan of `weighbridge plan`."""

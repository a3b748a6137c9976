"""What the policy pack judges, one rule a module, stems as in `policies/`: resources and spec in, findings out."""

"""Speed, measured: every figure is a median of several runs, every comparison a ratio within one run."""

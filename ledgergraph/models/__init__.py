"""How to learn: one contract, its implementations, calibration and metrics. Knows no invoice."""

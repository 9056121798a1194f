"""Anomaly detection under its module's name."""

from compat._autograd.modes import detect_anomaly, set_detect_anomaly

__all__ = ["detect_anomaly", "set_detect_anomaly"]

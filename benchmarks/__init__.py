"""Ratios of this package against bare httpx, json and msgspec, measured side by side in one run."""

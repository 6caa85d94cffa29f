"""Measures of how plainly the code is written, for `scripts.style_report`."""

"""What models there are, which fit, and what a request to them would meet."""

"""What goes to the API and what comes back, as typed values. One file per area of the API."""

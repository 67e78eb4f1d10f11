"""What replies become: chunks folded into completions, errors found wherever they hide. Pure."""

"""Who asks: tokens, sessions, roles, and what a role may see."""

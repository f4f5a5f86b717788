"""What the set-up arranges in Sales with an administrator's sign-in, and what is looked at there without one."""

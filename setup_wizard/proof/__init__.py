"""The proof: a list of checks that tells whether the set-up will really work, before anything is switched on."""

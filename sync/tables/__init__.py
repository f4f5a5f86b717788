"""How things look: status glyphs and words, table columns, the order graph. Templates only place what is declared here."""

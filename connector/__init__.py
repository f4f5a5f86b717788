"""Both remote systems: protocol, clients, authentication, connections and secrets."""

"""What clients reach in a rehearsal, for real: servers, proxies, and the checks of their health."""

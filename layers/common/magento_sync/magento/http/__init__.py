"""HTTP as a shop speaks it: sessions, connections, responses."""

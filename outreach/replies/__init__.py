"""The meaning of a reply; cases for people. Refuses the network."""

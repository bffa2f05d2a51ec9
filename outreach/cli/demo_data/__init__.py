"""The invented rosters of the demo's three schools, and the program that makes them."""

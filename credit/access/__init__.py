"""Who works with Xinglin: accounts, what they may do, how they prove who they are, and what takes two of them."""

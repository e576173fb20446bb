"""What Xinglin is put to work with."""

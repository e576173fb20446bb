"""What a person decides: about parked messages, about who is who, and that edited law or routes apply."""

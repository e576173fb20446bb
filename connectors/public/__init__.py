"""The public: complaints, clues, ratings, as hotline, QR code and counter take them in."""

from __future__ import annotations

from connectors.public.mapping import read_clue, read_complaint, read_rating
from connectors.public.messages import Clue, Complaint, Rating
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="public",
    source="/public",
    types=(
        MessageType("credit.public.complaint.v1", Complaint, read_complaint),
        MessageType("credit.public.clue.v1", Clue, read_clue),
        MessageType("credit.public.rating.v1", Rating, read_rating),
    ),
)

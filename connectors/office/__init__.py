"""The credit office: honours, listings, ratings, upkeep, work; withdrawals, objections, repair; who was told."""

from __future__ import annotations

from connectors.office import mapping, messages, upkeep, work
from connectors.office.sheets import SHEETS
from connectors.reading import named
from schemas.statement import Connector, MessageType

CONNECTOR = Connector(
    name="office",
    source="/office",
    sheets=SHEETS,
    types=(
        MessageType("credit.office.honour.v1", messages.Honour, mapping.read_honour),
        MessageType("credit.office.listing.v1", messages.Listing, mapping.read_listing),
        MessageType("credit.office.rating.v1", messages.Rating, mapping.read_rating),
        MessageType("credit.office.withdrawal.v1", messages.Withdrawal, mapping.read_withdrawal),
        MessageType("credit.office.objection.v1", messages.Objection, mapping.read_objection),
        MessageType("credit.office.repair.v1", messages.Repair, mapping.read_repair),
        MessageType("credit.office.told.v1", messages.Told, mapping.read_told),
        MessageType(
            "credit.office.ethics.v1", upkeep.Ethics, mapping.read_ethics, derived=named("workplace", "执业机构")
        ),
        MessageType("credit.office.undertaking.v1", upkeep.Undertaking, mapping.read_undertaking),
        MessageType("credit.office.liability_insurance.v1", upkeep.LiabilityInsurance, mapping.read_insurance),
        MessageType("credit.office.safety_event.v1", upkeep.SafetyEvent, mapping.read_upkeep),
        MessageType("credit.office.board.v1", upkeep.Board, mapping.read_upkeep),
        MessageType("credit.office.sign.v1", upkeep.Sign, mapping.read_upkeep),
        MessageType("credit.office.training.v1", upkeep.Training, mapping.read_upkeep),
        MessageType("credit.office.duty.v1", work.Duty, mapping.read_work),
        MessageType("credit.office.review.v1", work.Review, mapping.read_work),
        MessageType("credit.office.inspector.v1", work.Inspector, mapping.read_work),
    ),
)

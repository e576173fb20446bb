"""The same job as the peers do it: validate, keep record and outbox row in one transaction, publish the notice.

Each is written as the documentation of its framework recommends for not losing messages: quorum queue, manual or
late acknowledgement, confirms, one transaction a message, a pool of connections. What only Xinglin does
(identity, merging, encryption, provenance, deadlines) is left out, to the peers' advantage.
"""

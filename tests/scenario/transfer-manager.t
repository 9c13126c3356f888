# The cloud manager's own virtual accounts: the same rules for transfers, borrowing and explain; what a satellite
# serves is explained there by its licenses alone until it synchronizes.
order CUWL=2 Basic=4 va=Direct
order Basic=3 type=TERM end=30d subscription=Sub-1 va=Direct
order Basic=6
virtual-account add Second at=manager
token M1 days=3650 at=manager va=Direct
token M2 days=3650 at=manager va=Second
product a at=manager
product b at=manager
register a token=M1
register b token=M2
report a Basic=8 -> AUTHORIZED
license Basic at=manager va=Direct quantity=7 borrowed=1 available=0
transfer CUWL=2 from=Direct to=Second at=manager -> NOT_ENOUGH says="2 of UC Manager CUWL License (12.X) asked, 1 free in 'Direct': 2 owned, 0 in use, 0 reserved, 1 lent; 'Second': 0 owned"
transfer CUWL=1 from=Direct to=Second at=manager
transfer Basic=1 from=Direct to=Second type=TERM at=manager -> NOT_ENOUGH says="of type TERM asked, 0 free"
report a Basic=6 -> AUTHORIZED
transfer Basic=2 from=Direct to=Second type=TERM at=manager
report b Basic=3 -> AUTHORIZED
license Basic at=manager va=Second quantity=2 borrowed=1 available=0
subscriptions Second at=manager count=1 first=Sub-1
advance 30d -1ms
expect b status=Authorized
advance 1ms
expect b status="Out Of Compliance"
license Basic at=manager va=Second quantity=0 borrowed=1 available=-2
explain Basic at=manager va=Second says="2 are missing" says="2 term licenses (subscription Sub-1) ended on 31 Jan 2026, 00:00:00 UTC (now) and no longer count."
explain Basic at=manager va=Second says="An administrator of this cloud manager books new ones for 'Second' in the account 'Acme'."
report b Basic=3 -> OUT_OF_COMPLIANCE
history Basic at=manager va=Second count=1 open=yes shortage=2 by=license.end
# What the satellite serves is not taken here at once: manager-moves.t.
transfer Basic=2 from="Site A" to=Second at=manager
license Basic at=manager va="Site A" quantity=6
explain Basic at=manager va="Site A" says="6 are left over"

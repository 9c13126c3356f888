# Borrowing along the tiers CUWL, EnhancedPlus, Enhanced, Basic, Essential within one virtual account (protocol.md
# section 6): demands from the highest tier down, own lots first, then the nearest higher tier with surplus.
order CUWL=3 Basic=5
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
# 3 CUWL and 5 Basic bought, Basic 7 used: 2 are borrowed.
report a Basic=7 -> AUTHORIZED Basic:InCompliance:7
license Basic quantity=5 in-use=7 borrowed=2 lent=0 available=0 status="In Compliance"
license CUWL quantity=3 in-use=0 borrowed=0 lent=2 available=1 status="In Compliance"
# CUWL then used 2: Basic is short by 1, CUWL stays in compliance.
report b CUWL=2 -> AUTHORIZED CUWL:InCompliance:2
license CUWL quantity=3 in-use=2 lent=1 available=0 status="In Compliance"
license Basic quantity=5 in-use=7 borrowed=1 available=-1 status="Out Of Compliance"
expect a status="Out Of Compliance"
expect b status=Authorized
report a Basic=7 -> OUT_OF_COMPLIANCE Basic:OutOfCompliance:7
# One product that uses both is out through Basic alone.
report b CUWL=2 Basic=0 -> AUTHORIZED
report b CUWL=1 Basic=1 -> OUT_OF_COMPLIANCE CUWL:InCompliance:1 Basic:OutOfCompliance:1
# A tier in between that is bought helps at once.
order EnhancedPlus=1
license EnhancedPlus quantity=1 lent=1 available=0
license CUWL lent=2 available=0
license Basic borrowed=3 available=0 status="In Compliance"
expect a status=Authorized

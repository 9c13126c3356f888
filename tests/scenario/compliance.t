# A tag that is short makes every product that uses this tag in this virtual account OutOfCompliance, at once in the
# lists and at its next contact in the answers; others are not touched.
order Enhanced=5 Basic=5
token T1
product a
product b
product c
register a token=T1
register b token=T1
register c token=T1
report a Enhanced=5 Basic=1 -> AUTHORIZED Enhanced:InCompliance:5 Basic:InCompliance:1
report c Basic=1 -> AUTHORIZED
report b Enhanced=1 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:1
expect a status="Out Of Compliance"
expect b status="Out Of Compliance"
expect c status=Authorized
license Enhanced quantity=5 in-use=6 available=-1 status="Out Of Compliance"
license Basic quantity=5 in-use=2 status="In Compliance"
report a Enhanced=5 Basic=1 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:5 Basic:InCompliance:1
report c Basic=1 -> AUTHORIZED Basic:InCompliance:1
# One less and all are well.
report a Enhanced=4 Basic=1 -> AUTHORIZED Enhanced:InCompliance:4 Basic:InCompliance:1
expect b status=Authorized
report b Enhanced=1 -> AUTHORIZED
# More licenses do it as well, right after they are here.
report b Enhanced=4 -> OUT_OF_COMPLIANCE
order Enhanced=3
expect b status=Authorized
license Enhanced quantity=8 in-use=8 available=0 status="In Compliance"
report b Enhanced=4 -> AUTHORIZED
# No licenses at all.
report c CUWL=1 -> OUT_OF_COMPLIANCE CUWL:OutOfCompliance:1
license CUWL quantity=0 in-use=1 available=-1
report c CUWL=0 -> AUTHORIZED CUWL:InCompliance:0
license CUWL quantity=0 in-use=0

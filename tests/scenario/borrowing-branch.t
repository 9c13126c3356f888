# Borrowing inside a second local virtual account: each has its own loans, none reaches over.
order CUWL=6 Basic=4 Enhanced=2
virtual-account add Branch
transfer CUWL=3 from=Default to=Branch
transfer Basic=2 from=Default to=Branch
token TD days=3650
token TB days=3650 va=Branch
product d
product b
register d token=TD
register b token=TB
report b Basic=5 -> AUTHORIZED
license Basic va=Branch quantity=2 in-use=5 borrowed=3 available=0
license CUWL va=Branch quantity=3 lent=3 available=0
license CUWL quantity=3 lent=0 available=3
explain Basic va=Branch says="is in compliance in 'Branch'" says="3 are borrowed from UC Manager CUWL"
# One more and Branch is short, although Default has CUWL, Enhanced and Basic to spare.
report b Basic=6 -> OUT_OF_COMPLIANCE Basic:OutOfCompliance:6
license Basic va=Branch borrowed=3 available=-1
license Basic quantity=2 available=2
explain Basic va=Branch says="1 is missing" says="The one missing can be transferred from 'Default', which has 2 left over; the one from 'Default', which has 2 of UC Manager Enhanced License (12.x) left over; the one from 'Default', which has 3 of UC Manager CUWL License (12.X) left over."
report b Basic=8
explain Basic va=Branch says="3 are missing" says="2 of the 3 missing can be transferred from 'Default', which has 2 left over; 2 of the 3 missing from 'Default', which has 2 of UC Manager Enhanced License (12.x) left over; all 3 from 'Default'"
report b Basic=6
history Basic va=Branch count=1 open=yes shortage=3
history Basic count=0
# What Default uses changes nothing in Branch.
report d Basic=7 -> AUTHORIZED
license Basic borrowed=5 available=0
license Enhanced lent=2 available=0
license CUWL lent=3 available=0
license Basic va=Branch borrowed=3 available=-1
report d Basic=0
# A lender of a middle tier in Branch is nearer than CUWL.
transfer Enhanced=2 from=Default to=Branch
license Basic va=Branch borrowed=4 available=0
license Enhanced va=Branch lent=2 available=0
license CUWL va=Branch lent=2 available=1
expect b status=Authorized
history Basic va=Branch count=1 open=no ended-by=license.transfer

# What explain says where there is nothing, of a license that stands alone, and at the top of a family.
token T1 days=3650
virtual-account add Branch
product a
register a token=T1
explain Basic says="is in compliance in 'Default': none is owned and none is in use." silent="0 are" silent="family" silent="alone"
explain Basic va=Branch says="is in compliance in 'Branch': none is owned and none is in use."
explain TelePresenceRoom says="none is owned and none is in use"
# A pool that owns nothing but is used.
report a TelePresenceRoom=2 -> OUT_OF_COMPLIANCE
explain TelePresenceRoom says="is out of compliance in 'Default': 2 are missing." says="0 are owned and 2 are in use."
explain TelePresenceRoom says="It stands alone: it borrows from no other license and lends to none."
explain TelePresenceRoom says="2 more licenses bring it back; so does using 2 fewer." silent="higher" silent="none to lend"
report a CUWL=1 -> OUT_OF_COMPLIANCE
explain CUWL says="1 is missing" says="It is the highest of its family: there is none to borrow from."
explain CUWL says="1 more license brings it back; so does using 1 fewer."
# It owns nothing and lives by what it borrows.
order CUWL=4
report a CUWL=1 Essential=3 -> AUTHORIZED
explain Essential says="is in compliance in 'Default': none is left over." says="0 are owned and 3 are in use, 3 are borrowed."
explain Essential says="3 are borrowed from UC Manager CUWL License (12.X), of which 4 are owned and 1 is in use."
# While a higher one is short, new high licenses would not reach the lower one.
report a CUWL=6 Essential=3 -> OUT_OF_COMPLIANCE
explain Essential says="3 are missing" says="3 more licenses bring it back; so does using 3 fewer." silent="higher one of its family"

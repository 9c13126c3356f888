# What if: licenses that are added, moved or used change the forecast and nothing else; the database is compared each
# time.
token T1 days=3650
product a
product b
virtual-account add Branch
token T2 va=Branch days=3650
register a token=T1
register b token=T2
order Basic=20
order Basic=60 type=TERM end=30d
report a Basic=72
forecast Basic first-short=+30d missing=52
# Bought: less is missing, or nothing.
what-if Basic add=Basic:50 first-short=+30d missing=2 needed=2 quantity=130 changed=yes
what-if Basic add=Basic:52 first-short=none needed=0 changed=yes
# Of a higher tier they lend; of a lower one they do not.
what-if Basic add=CUWL:52 first-short=none quantity=80 changed=yes
what-if Basic add=CUWL:40 add=Enhanced:11 first-short=+30d missing=1
what-if Basic add=Essential:52 first-short=+30d missing=52 changed=no
# In another virtual account they are of no use here.
what-if Basic add=Basic:52:Branch first-short=+30d missing=52 changed=no
what-if Basic va=Branch add=Basic:52:Branch first-short=none quantity=52 changed=yes
# Use instead of what is used.
what-if Basic use=Basic:20 first-short=none in-use=20
what-if Basic use=Basic:21 first-short=+30d missing=1
what-if Basic use=Basic:81 first-short=+0ms missing=1 cause=NOW
what-if Basic use=Basic:0 first-short=none in-use=0
what-if Basic use=CUWL:3 first-short=+30d missing=52
what-if CUWL use=CUWL:3 first-short=+0ms missing=3
# Moved away: those that last longest go first, with their term.
what-if Basic move=Basic:8:Default:Branch first-short=+30d missing=60 quantity=72 changed=yes
what-if Basic move=Basic:9:Default:Branch first-short=+0ms missing=1 quantity=71
what-if Basic va=Branch move=Basic:30:Default:Branch use=Basic:25:Branch first-short=+30d missing=5 quantity=30
what-if Basic va=Branch move=Basic:20:Default:Branch use=Basic:20:Branch first-short=none
# There and back again is nothing.
what-if Basic move=Basic:70:Default:Branch move=Basic:70:Branch:Default first-short=+30d missing=52 quantity=80
# What is bought can be moved on.
what-if Basic va=Branch add=Basic:5:Default move=Basic:85:Default:Branch quantity=85
# More than there is cannot be moved; names must be known.
what-if Basic move=Basic:81:Default:Branch -> NOT_ENOUGH says="only 80 are there"
what-if Basic move=Basic:1:Branch:Default -> NOT_ENOUGH says="only 0 are there"
what-if Basic move=Basic:1:Default:Default -> INVALID_REQUEST
what-if Basic move=Basic:1:Default:Nowhere -> VIRTUAL_ACCOUNT_UNKNOWN
what-if Basic add=Nothing:1 -> ENTITLEMENT_UNKNOWN
what-if Basic add=Basic:0 -> INVALID_REQUEST
what-if Basic add=Basic:2147483648 -> INVALID_REQUEST
what-if Basic use=Basic:-1 -> INVALID_REQUEST
# A lot that was bought for later moves too.
order Enhanced=5 type=TERM start=10d end=200d
what-if Enhanced va=Branch move=Enhanced:5:Default:Branch use=Enhanced:5:Branch first-short=+0ms until=+10d missing=5
# What counts today goes before what starts later, however long it lasts, as in a transfer.
order TelePresenceRoom=5 type=TERM end=50d
order TelePresenceRoom=5 type=TERM start=10d end=300d
what-if TelePresenceRoom va=Branch move=TelePresenceRoom:6:Default:Branch use=TelePresenceRoom:5:Branch first-short=+50d missing=4 quantity=5
# Nothing happened.
license Basic quantity=80 in-use=72
license Basic va=Branch quantity=0
events license.transfer=0

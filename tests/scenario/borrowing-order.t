# Who lends to whom when several tiers are short: the highest short tier is served first, by its nearest lender.
token T1 days=3650
product a
register a token=T1
order CUWL=10
report a Essential=4 Basic=3 Enhanced=2 EnhancedPlus=1 -> AUTHORIZED
license CUWL lent=10 available=0
license EnhancedPlus quantity=0 in-use=1 borrowed=1 available=0
license Enhanced borrowed=2 available=0
license Basic borrowed=3 available=0
license Essential borrowed=4 available=0
# One more at the top and the lowest tier is short.
report a EnhancedPlus=2 Enhanced=2 Basic=3 Essential=4 -> OUT_OF_COMPLIANCE EnhancedPlus:InCompliance:2 Enhanced:InCompliance:2 Basic:InCompliance:3 Essential:OutOfCompliance:4
license Essential borrowed=3 available=-1
# Nearest lender first: Basic lends to Essential before CUWL does.
report a CUWL=1 Essential=6 -> AUTHORIZED
order Basic=5
license Basic lent=5 available=0
license CUWL lent=1 in-use=1 available=8
# Lower tiers never lend upwards.
report a EnhancedPlus=11 -> OUT_OF_COMPLIANCE EnhancedPlus:OutOfCompliance:11
license EnhancedPlus borrowed=10 available=-1
license Basic lent=0 available=5
# TelePresence Room stands alone.
report a TelePresenceRoom=1 -> OUT_OF_COMPLIANCE TelePresenceRoom:OutOfCompliance:1
license TelePresenceRoom quantity=0 borrowed=0 available=-1
license CUWL lent=0 available=10
# Never from another virtual account.
virtual-account add Branch
transfer CUWL=10 from=Default to=Branch
report a Basic=6 -> OUT_OF_COMPLIANCE
license CUWL va=Branch quantity=10 lent=0 available=10

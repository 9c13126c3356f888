# A restricted tag asked by a product that is registered NOT_ALLOWED is NotAuthorized and not counted. Accounts that
# are not permitted cannot make export-controlled tokens.
order "DNA HSEC=5" Enhanced=5
token T1
token TX export -> EXPORT_NOT_ALLOWED says=permission
product plain serial=S-1
register plain token=T1 -> OK export=NOT_ALLOWED
report plain "DNA HSEC=2" Enhanced=1 -> AUTHORIZED "DNA HSEC:NotAuthorized:0" Enhanced:InCompliance:1 export=NOT_ALLOWED
license "DNA HSEC" quantity=5 in-use=0
explain "DNA HSEC" says="5 are left over" says="It is export-controlled, and not granted to products that may not use it: asked for are 2 by plain (PID UCM, SN S-1)."
explain Enhanced silent="export-controlled"
expect plain status=Authorized
# The manager permits it; with the next file the satellite may.
permit-export Acme yes
token TX export -> EXPORT_NOT_ALLOWED
sync
account-is Acme export=yes
token TX export
product ucm1
register ucm1 token=TX -> OK export=ALLOWED
report ucm1 "DNA HSEC=2" Enhanced=1 -> AUTHORIZED "DNA HSEC:InCompliance:2" Enhanced:InCompliance:1 export=ALLOWED
license "DNA HSEC" in-use=2
# A token without the flag stays without.
report plain "DNA HSEC=2" -> AUTHORIZED "DNA HSEC:NotAuthorized:0" export=NOT_ALLOWED
# Moving with such a token allows it, moving back takes it away.
register plain token=TX force -> OK export=ALLOWED identifier=same
report plain "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:InCompliance:1" export=ALLOWED
license "DNA HSEC" in-use=3
register plain token=T1 force -> OK export=NOT_ALLOWED
report plain "DNA HSEC=1" -> AUTHORIZED "DNA HSEC:NotAuthorized:0" export=NOT_ALLOWED
license "DNA HSEC" in-use=2
# Short is short, also of a restricted tag.
report ucm1 "DNA HSEC=6" -> OUT_OF_COMPLIANCE "DNA HSEC:OutOfCompliance:6"

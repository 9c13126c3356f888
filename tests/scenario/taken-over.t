# A take-over is told by a MAJOR alert, until the product instance is gone. A machine that was built anew and first forgot
# force, while the old one is off, is no duplicate.
order Enhanced=50
token T1 days=365
product ucm1
product rebuilt udi=ucm1
address rebuilt 192.0.2.20
register ucm1 token=T1 hostname=old-host
report ucm1 Enhanced=5
advance 5d
register rebuilt token=T1 -> ALREADY_REGISTERED
advance 2d
register rebuilt token=T1 force hostname=new-host -> OK
raised "Product Instance Taken Over" of=rebuilt contains=192.0.2.20
raised "Product Instance Taken Over" of=rebuilt contains="old-host, last contact on"
# The old one is switched on once more: it has lost, and is no sign of a copy.
advance 1d
report ucm1 Enhanced=5 -> CERTIFICATE_REVOKED
advance 1d
report rebuilt Enhanced=5
raised "Duplicate Product Instance" of=rebuilt no
# A move by the product itself is no take-over.
product mover
register mover token=T1
token T2
register mover token=T2 force
raised "Product Instance Taken Over" of=mover no
deregister rebuilt
raised "Product Instance Taken Over" of=rebuilt no
events alert.raise=1 alert.clear=1

# A product registers, reports, is authorized, stays silent for 90 days and gives its licenses back.
order Enhanced=5 Basic=2
token T1 days=30 uses=10
product ucm1
register ucm1 token=T1 -> OK identifier=new certificate=new virtual-account=Default account=Acme export=NOT_ALLOWED renew-in=180d expires-in=365d
expect ucm1 status=Registered va=Default hostname=ucm1
token-is T1 ACTIVE uses=1
report ucm1 Enhanced=5 Basic=2 -> AUTHORIZED Enhanced:InCompliance:5 Basic:InCompliance:2 renew-in=30d expires-in=90d export=NOT_ALLOWED
license Enhanced quantity=5 in-use=5 available=0 status="In Compliance"
license Basic quantity=2 in-use=2
expect ucm1 status=Authorized
advance 30d
report ucm1 Enhanced=5 Basic=2 -> AUTHORIZED
events usage.change=1
sync
advance 90d -1ms
expect ucm1 status=Authorized
license Enhanced in-use=5
advance 1ms
expect ucm1 status="Authorization Expired"
license Enhanced in-use=0 available=5
restart
license Enhanced in-use=0 available=5
expect ucm1 status="Authorization Expired"

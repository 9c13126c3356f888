# Tags: up to 20 of 1 to 50 characters, each there once, without case; given all at once.
virtual-account add Branch
change-virtual-account Branch tags=site=berlin,Old
tags Branch Old,site=berlin
change-virtual-account Branch tags=old,site=berlin
tags Branch old,site=berlin
change-virtual-account Branch tags=site=berlin,old
events virtual-account.update=2
change-virtual-account Branch description=x
tags Branch old,site=berlin
change-virtual-account Branch tags=a,A -> INVALID_REQUEST says="'A' is there twice"
change-virtual-account Branch name=Depot tags=a,,b -> INVALID_REQUEST says="'' cannot be a tag"
tags Branch old,site=berlin
change-virtual-account Branch tags=ääääääääääääääääääääääääääääääääääääääääääääääääää
tags Branch ääääääääääääääääääääääääääääääääääääääääääääääääää
change-virtual-account Branch tags=ääääääääääääääääääääääääääääääääääääääääääääääääääx -> INVALID_REQUEST says="1 to 50"
change-virtual-account Branch tags=t00,t01,t02,t03,t04,t05,t06,t07,t08,t09,t10,t11,t12,t13,t14,t15,t16,t17,t18,t19
tags Branch t00,t01,t02,t03,t04,t05,t06,t07,t08,t09,t10,t11,t12,t13,t14,t15,t16,t17,t18,t19
change-virtual-account Branch tags=t00,t01,t02,t03,t04,t05,t06,t07,t08,t09,t10,t11,t12,t13,t14,t15,t16,t17,t18,t19,t20 -> INVALID_REQUEST says="at most 20 tags; 21 were given"
change-virtual-account Branch tags=""
tags Branch ""
# They go with it.
change-virtual-account Branch tags=a
virtual-account delete Branch
virtual-account add Branch
tags Branch ""

"""Who is asking: WeChat accounts, staff accounts and sessions, consent, audit."""

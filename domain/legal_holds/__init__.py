"""Legal holds: what keeps recovery points past their retention, until somebody cancels it."""

"""The stand-in itself is tested too: a fake that is kinder than WeChat would hide faults."""

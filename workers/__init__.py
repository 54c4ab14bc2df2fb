"""Where services meet their queues: one process each, or all in one."""

// Breaks: hugepages-SIZE/enabled=never has no effect.
// Seen as: a disabled size is allocated.
// Caught by: thp/advice.by_size thp/sizes.never
// Noticed by: thp/advice.by_size, its own check
// Changes: mm/huge_memory.c 1
@@
statement S;
@@
if (sysfs_streq(buf, "never")) {
	spin_lock(&huge_anon_orders_lock);
-	clear_bit(order, &huge_anon_orders_always);
-	clear_bit(order, &huge_anon_orders_inherit);
-	clear_bit(order, &huge_anon_orders_madvise);
	spin_unlock(&huge_anon_orders_lock);
} else S

"""Known clients, devices and operating systems, as data with sources and dates."""

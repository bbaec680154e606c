"""The LAN protocol of instruments that has a status byte and a device clear: HiSLIP, IVI-6.1 revision 1.0."""

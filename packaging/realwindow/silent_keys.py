"""A key store that is there and never answers."""

from gi.repository import Gio, GLib


def ignore(*_):
    """The caller waits until it gives up."""


def held(connection, _name):
    xml = (
        "<node><interface name='org.freedesktop.Secret.Service'>"
        "<method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
        "<arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
        "<method name='SearchItems'><arg type='a{ss}' direction='in'/>"
        "<arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
        "<method name='ReadAlias'><arg type='s' direction='in'/><arg type='o' direction='out'/></method>"
        "</interface></node>"
    )
    interface = Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0]
    connection.register_object("/org/freedesktop/secrets", interface, ignore, None, None)


Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.secrets", Gio.BusNameOwnerFlags.NONE, held, None, None)
GLib.MainLoop().run()

//! Sockets. All of them are `named`: their handle type knows family, address and permit.

use super::calls;

calls! {
    socket 41 198 "2.0" Named("sockets") => "Makes a socket of a family, type and protocol.";
    socketpair 53 199 "2.0" Named("sockets") => "Makes two sockets that are connected to each other.";
    bind 49 200 "2.0" Named("sockets") => "Gives a socket its own address.";
    listen 50 201 "2.0" Named("sockets") => "Lets a socket take connections; so many wait at most (net.core.somaxconn caps it).";
    accept 43 202 "2.0" Excluded(Superseded, "accept4") => "Takes the next connection, with a descriptor that is not close-on-exec.";
    accept4 288 242 "2.6.28" Named("sockets") => "Takes the next connection, with flags for its descriptor.";
    connect 42 203 "2.0" Named("sockets") => "Connects a socket to an address; without waiting EINPROGRESS.";
    getsockname 51 204 "2.0" Named("sockets") => "The socket's own address.";
    getpeername 52 205 "2.0" Named("sockets") => "The address of the other end.";
    sendto 44 206 "2.0" Named("sockets") => "Sends a message, to an address where the socket is not connected.";
    recvfrom 45 207 "2.0" Named("sockets") => "Receives a message and the address it came from.";
    sendmsg 46 211 "2.0" Named("sockets") => "Sends a message from several buffers, with descriptors or credentials.";
    recvmsg 47 212 "2.0" Named("sockets") => "Receives a message into several buffers, with descriptors or credentials.";
    sendmmsg 307 269 "3.0" Excluded(Nested, "sendto") => "Sends several messages.";
    recvmmsg 299 243 "2.6.33" Excluded(Nested, "recvfrom") => "Receives several messages.";
    shutdown 48 210 "2.0" Named("sockets") => "Ends one or both directions of a connection.";
    setsockopt 54 208 "2.0" Named("sockets") => "Sets an option of a socket.";
    getsockopt 55 209 "2.0" Named("sockets") => "An option of a socket.";
}

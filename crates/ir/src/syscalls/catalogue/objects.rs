//! Objects that are known by a key or number: System V IPC, message queues, the keyring.

use super::calls;

calls! {
    shmget 29 194 "2.0" Excluded(Nameless, "") => "Finds or makes shared memory by a key; of use only when it is attached.";
    shmat 30 196 "2.0" Excluded(Memory, "") => "Maps shared memory.";
    shmdt 67 197 "2.0" Excluded(Memory, "") => "Unmaps shared memory.";
    shmctl 31 195 "2.0" Excluded(Nameless, "") => "Describes, changes or removes shared memory.";
    semget 64 190 "2.0" Excluded(Nameless, "eventfd2") => "Finds or makes semaphores by a key.";
    semop 65 193 "2.0" Excluded(Nameless, "eventfd2") => "Changes semaphores together, and waits until that can be.";
    semtimedop 220 192 "2.4.22" Excluded(Nameless, "eventfd2") => "Changes semaphores together, and waits for a time at most.";
    semctl 66 191 "2.0" Excluded(Nameless, "") => "Reads, sets, describes or removes semaphores.";
    msgget 68 186 "2.0" Excluded(Nameless, "pipe2") => "Finds or makes a queue of messages by a key.";
    msgsnd 69 189 "2.0" Excluded(Nameless, "write") => "Adds a message to a queue.";
    msgrcv 70 188 "2.0" Excluded(Nameless, "read") => "Takes a message from a queue.";
    msgctl 71 187 "2.0" Excluded(Nameless, "") => "Describes, changes or removes a queue of messages.";
    mq_open 240 180 "2.6.6" Excluded(Nameless, "socketpair") => "Opens a queue of messages by a name that lies in no directory.";
    mq_unlink 241 181 "2.6.6" Excluded(Nameless, "") => "Removes the name of a queue of messages.";
    mq_timedsend 242 182 "2.6.6" Excluded(Nameless, "sendto") => "Adds a message to a queue by priority.";
    mq_timedreceive 243 183 "2.6.6" Excluded(Nameless, "recvfrom") => "Takes the first message of the highest priority from a queue.";
    mq_notify 244 184 "2.6.6" Excluded(Signals, "ppoll") => "Asks for a signal or a thread when a message comes.";
    mq_getsetattr 245 185 "2.6.6" Excluded(Nameless, "") => "Flags and sizes of a queue of messages.";
    add_key 248 217 "2.6.10" Excluded(Credentials, "") => "Adds a key to a keyring.";
    request_key 249 218 "2.6.10" Excluded(Credentials, "") => "Finds a key, or has a program of the system make it.";
    keyctl 250 219 "2.6.10" Excluded(Credentials, "") => "Many calls on keys behind a command.";
}

/* Packets that the TCP connections of the target processes lost: sent again, or dropped on this machine and why. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "host.h"

#define FAMILY_IPV4 2
#define PROTOCOL_TCP 6
#define TCP_SYN_SENT 2
#define TCP_CLOSED 7
#define TCP_LISTEN 10

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr { __u8 bytes[16]; };
struct sock_common {
	__be32 skc_daddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
};
struct sock { struct sock_common __sk_common; __u16 sk_protocol; };
struct sk_buff { struct sock *sk; };
struct trace_event_raw_kfree_skb { void *rx_sk; };
enum skb_drop_reason { SKB_NOT_DROPPED_YET = 0, SKB_CONSUMED = 1 };
#pragma clang attribute pop

/* Who uses a TCP socket. Packets come and go when anybody runs, so a socket's owner is noted when the owner itself is
 * seen at it: connecting, listening, receiving, and (from 6.16 on) sending. Unknown, and so not recorded, is a socket
 * on which none of that has happened since the trace began, and, before 6.16, an accepted one that has only sent. Of
 * a socket that processes share, the one counts that came first. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct kv_task);
} sockets SEC(".maps");

static __always_inline void own(struct sock *sock)
{
	__u64 key = (__u64)sock;
	__u32 tgid = current_tgid();
	if (!is_target(tgid) || bpf_map_lookup_elem(&sockets, &key))
		return;
	struct kv_task owner = { .tgid = tgid, .tid = bpf_get_current_pid_tgid() };
	bpf_get_current_comm(owner.comm, sizeof(owner.comm));
	bpf_map_update_elem(&sockets, &key, &owner, BPF_ANY);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, struct sock *sock, int before, int after)
{
	__u64 key = (__u64)sock;
	if (sock->sk_protocol != PROTOCOL_TCP)
		return 0;
	if (after == TCP_CLOSED)
		bpf_map_delete_elem(&sockets, &key);
	else if (after == TCP_SYN_SENT || after == TCP_LISTEN)
		own(sock);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(on_tcp_receive, struct sock *sock)
{
	own(sock);
	return 0;
}

SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(on_tcp_send, struct sock *sock)
{
	own(sock);
	return 0;
}

static __always_inline void lost(struct sock *sock, enum kv_event_kind kind, enum kv_host_function what, __u32 reason)
{
	__u64 key = (__u64)sock;
	struct kv_task *owner = bpf_map_lookup_elem(&sockets, &key);
	if (!owner || !is_target(owner->tgid))
		return;
	struct kv_event event = { .kind = kind, .tgid = owner->tgid, .tid = owner->tid, .code = reason };
	struct sock_common *common = &sock->__sk_common;
	event.start_ns = now();
	event.port = (__u32)BPF_CORE_READ(common, skc_num) << 16 | bpf_ntohs(BPF_CORE_READ(common, skc_dport));
	if (BPF_CORE_READ(common, skc_family) == FAMILY_IPV4) {
		__be32 address = BPF_CORE_READ(common, skc_daddr);
		event.remote[10] = event.remote[11] = 0xff;
		__builtin_memcpy(event.remote + 12, &address, sizeof(address));
	} else {
		BPF_CORE_READ_INTO(&event.remote, common, skc_v6_daddr);
	}
	__builtin_memcpy(event.comm, owner->comm, sizeof(event.comm));
	tally(owner->tgid, what, 0, 0, 0);
	send(&event);
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(on_tcp_retransmit, struct sock *sock)
{
	lost(sock, KV_EVENT_TCP_RETRANSMIT, KV_HOST_TCP_RETRANSMIT, 0);
	return 0;
}

/* The receiving socket is told from 6.11 on; before, only of a packet that already belongs to one. */
SEC("tp_btf/kfree_skb")
int on_packet_drop(unsigned long long *context)
{
	struct sk_buff *packet = (struct sk_buff *)context[0];
	__u32 reason = context[2];
	struct sock *sock = BPF_CORE_READ(packet, sk);
	if (!sock && bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk))
		sock = (struct sock *)context[3];
	if (!sock || reason == SKB_NOT_DROPPED_YET)
		return 0;
	if (bpf_core_enum_value_exists(enum skb_drop_reason, SKB_CONSUMED) && reason == SKB_CONSUMED)
		return 0;
	lost(sock, KV_EVENT_TCP_DROP, KV_HOST_TCP_DROP, reason);
	return 0;
}

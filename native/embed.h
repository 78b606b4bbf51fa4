/* The eBPF objects travel inside the helper. */
#ifndef EMBED_H
#define EMBED_H

#define EMBED(symbol, file)                                                                                            \
	__asm__(".section .rodata\n.balign 16\n" #symbol ":\n.incbin \"" file "\"\n" #symbol "_end:\n.previous\n");    \
	extern const char symbol[], symbol##_end[]

#endif

{
  "variables": {
    "kernel_flags": ["-std=c++17", "-fexceptions", "-fno-rtti", "-ffp-contract=fast", "-fPIC", "-Wall", "-Wextra", "-Wno-psabi"],
    # the folder of hnswlib's headers, which hnswlib-node ships; empty where that optional package is not installed
    "hnswlib%": "<!(node -p \"try { path.join(path.dirname(require.resolve('hnswlib-node/package.json')), 'src/hnswlib') } catch { '' }\")",
    # 1 for `npm run sanitize`
    "sanitize%": 0,
  },
  "target_defaults": {
    "cflags!": ["-O2", "-O3"],
    "cflags_cc!": ["-std=gnu++20", "-std=gnu++17", "-fno-exceptions"],
    "cflags_cc": ["<@(kernel_flags)"],
    "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["<@(kernel_flags)"], "GCC_ENABLE_CPP_EXCEPTIONS": "YES" },
    "conditions": [
      ["sanitize==1", {
        # compiled in a third of the time of -O1 -g and all checks, and run as fast; what is left out here is seen when the pointer is followed
        "cflags_cc": [
          "-Og", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
          "-fno-sanitize=null,object-size,pointer-overflow",
        ],
        "ldflags": ["-fsanitize=address,undefined"],
        "defines": ["NEARMISS_KEEP=0"],
      }, {
        "cflags_cc": ["-O3"],
        "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-O3"] },
      }],
    ],
  },
  "targets": [
    {
      "target_name": "kernels_baseline",
      "type": "static_library",
      "sources": ["src/kernels/native/isa.cc"],
      "defines": ["NEARMISS_ISA=baseline"],
    },
    {
      "target_name": "nearmiss",
      "sources": ["src/kernels/native/addon.cc", "src/kernels/native/graph-calls.cc", "src/kernels/native/graph.cc", "src/kernels/native/pool.cc"],
      "dependencies": ["kernels_baseline"],
      "conditions": [
        ["hnswlib!=''", { "include_dirs": ["<(hnswlib)"], "defines": ["NEARMISS_HNSWLIB"] }],
        ["target_arch=='x64'", { "dependencies": ["kernels_avx2", "kernels_avx512", "kernels_avx512bf16"] }],
      ],
    },
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["src/kernels/native/isa.cc"],
          "defines": ["NEARMISS_ISA=avx2"],
          "cflags_cc": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["src/kernels/native/isa.cc"],
          "defines": ["NEARMISS_ISA=avx512"],
          "cflags_cc": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"] },
        },
        {
          "target_name": "kernels_avx512bf16",
          "type": "static_library",
          "sources": ["src/kernels/native/isa.cc"],
          "defines": ["NEARMISS_ISA=avx512bf16"],
          "cflags_cc": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mavx512bf16"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mavx512bf16"] },
        },
      ],
    }],
  ],
}

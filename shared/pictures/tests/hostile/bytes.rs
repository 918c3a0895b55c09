//! Building blocks of files: chunks, deflated zeros.

use fdeflate::Compressor;

/// A PNG chunk with its checksum.
pub(crate) fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let named = [&name, content].concat();
    let sum = crc32fast::hash(&named).to_be_bytes();
    [&length[..], &named, &sum].concat()
}

/// A zlib stream that inflates to `length` zeros from a small part of it.
pub(crate) fn deflated_zeros(length: usize) -> Vec<u8> {
    let piece = vec![0; 1 << 16];
    let mut compressor = Compressor::new(Vec::new()).unwrap();
    let mut left = length;
    while left > 0 {
        let now = left.min(piece.len());
        compressor.write_data(&piece[..now]).unwrap();
        left -= now;
    }
    compressor.finish().unwrap()
}

/// Random words that are the same on every run.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

//! Applications behind, as they are told of what happens here.

mod backchannel;

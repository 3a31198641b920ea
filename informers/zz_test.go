package informers
import ("testing";"fmt";"bytes";"github.com/klauspost/compress/zstd";"github.com/klauspost/compress/s2";"syscall";"time")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(syscall.RUSAGE_SELF,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func TestZZ(t *testing.T){
 d:=testDecoder(pods); var texts [][]byte
 st:=busyEvents(t,busyPods)
 readAll2(d.events(bytes.NewReader(st)), func(e event) error{ texts=append(texts, bytes.Clone(d.parts.json)); return nil})
 n:=0; for range 20 { for in:=text(bytes.NewReader(st));; { if _,err:=in.ReadValue(); err!=nil {break}; n++ } }
 b:=cpu(); n=0; for range 20 { for in:=text(bytes.NewReader(st));; { if _,err:=in.ReadValue(); err!=nil {break}; n++ } }
 fmt.Println("jsontext", (cpu()-b)/time.Duration(n))
 for _, ns := range []int{1,2,4,8} {
  var dict []byte; for i:=range ns { dict=append(dict,texts[i]...) }
  for _, ne := range []bool{false,true} {
  enc,_:=zstd.NewWriter(nil,zstd.WithEncoderLevel(zstd.SpeedFastest),zstd.WithEncoderDictRaw(1,dict),zstd.WithWindowSize(128<<10),zstd.WithEncoderConcurrency(1),zstd.WithLowerEncoderMem(true),zstd.WithEncoderCRC(false),zstd.WithNoEntropyCompression(ne))
  dec,_:=zstd.NewReader(nil,zstd.WithDecoderDictRaw(1,dict),zstd.WithDecoderConcurrency(1),zstd.WithDecoderLowmem(true))
  size:=0; var packed [][]byte
  for _,x:=range texts { p:=enc.EncodeAll(x,nil); size+=len(p); packed=append(packed,p) }
  b:=cpu(); var buf []byte; for range 10 { for _,x:=range texts { buf=enc.EncodeAll(x,buf[:0]) } }; e1:=(cpu()-b)/time.Duration(10*len(texts))
  b=cpu(); for range 10 { for _,x:=range packed { buf,_=dec.DecodeAll(x,buf[:0]) } }; e2:=(cpu()-b)/time.Duration(10*len(texts))
  fmt.Println("zstd",ns,ne,"size",size/len(texts),"pack",e1,"unpack",e2)
  }
  sd:=s2.MakeDictManual(dict, 0)
  if sd!=nil { size:=0; var packed [][]byte
  for _,x:=range texts { p:=sd.Encode(nil,x); size+=len(p); packed=append(packed,p) }
  var buf []byte
  b:=cpu(); for range 10 { for _,x:=range texts { buf=sd.Encode(buf[:cap(buf)],x) } }; e1:=(cpu()-b)/time.Duration(10*len(texts))
  b=cpu(); for range 10 { for _,x:=range packed { buf,_=sd.Decode(buf[:cap(buf)],x) } }; e2:=(cpu()-b)/time.Duration(10*len(texts))
  fmt.Println("s2",ns,"size",size/len(texts),"pack",e1,"unpack",e2)
  size=0; for _,x:=range texts { size+=len(sd.EncodeBetter(nil,x)) }
  b=cpu(); for range 10 { for _,x:=range texts { buf=sd.EncodeBetter(buf[:cap(buf)],x) } }; e1=(cpu()-b)/time.Duration(10*len(texts))
  fmt.Println("s2better",ns,"size",size/len(texts),"pack",e1)
  }
 }
}
func readAll2(ev *eventReader, h func(event) error){ for ev.next(h)==nil {} }
